"""From a station file to a card that starts by itself: images and boot partitions for stations.

    order = Order(station=Path("KARA1.toml"), system=Path("system.toml"), wheelhouse=Path("wheels"))
    card = compose(order)                      # what there is to say and to carry, checked
    record = provision_image(card, Image(...)) # writes, reads back, compares

Runs on a workstation, without root. Nothing is guessed: the image itself says in which form it
wants to be told who it is at its first boot.
"""
