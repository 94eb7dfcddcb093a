"""The memory systems compared, one small file each, all with one protocol."""
