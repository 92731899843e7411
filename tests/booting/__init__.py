"""What `make image-test` is made of, as far as it needs no emulator."""
