"""Writing an image to a memory card, and to nothing else.

    device = Device.read(Path("/dev/sdb"))
    must_be_a_card(device, image_bytes)
    write_card(image, device.path, told)    # writes, syncs, reads all of it back

What a person cannot take back is asked for twice: by what the kernel says of the device, and by the
station's name, typed.
"""
