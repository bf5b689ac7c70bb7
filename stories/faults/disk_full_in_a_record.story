# The disk becomes full in the middle of a record: what is there can be replayed at any time, the rest comes later.
the node records
phone alice 7960 line 201
phone bob 7961 line 202

the disk has room for 60 bytes
alice dials 202
bob rings from 201
the administrator is told "the disk is full"
the recording replays
the recording lacks its end
the disk has room for 7 bytes
after 2 seconds
the recording replays
the recording lacks its end
bob answers
alice is connected to 202
the disk has room again
the administrator is told "the disk has room again" within 2 seconds
the recording is complete
