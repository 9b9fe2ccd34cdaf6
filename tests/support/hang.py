"""Mounts a file system that nobody serves over the folder argv[1]; takes it away when stdin ends."""

import ctypes
import os
import sys

MNT_DETACH = 2

folder = sys.argv[1].encode()
libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result != 0:
        sys.exit(os.strerror(ctypes.get_errno()))


device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
must(libc.mount(b"hangs", folder, b"fuse", 0, options))
print("hangs", flush=True)
sys.stdin.read()
# First the name, so that whoever is told of an error finds the disk again.
must(libc.umount2(folder, MNT_DETACH))
os.close(device)
