"""What `make image-test` is made of: a provisioned image boots in QEMU, loses power, goes on."""
