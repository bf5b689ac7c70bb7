# The node ends while its disk is full: its recording ends after a whole record, and the next one begins when it can.
the node records
phone alice 7960 line 201
phone bob 7961 line 202

alice dials 202
bob rings from 201
the disk has room for 40 bytes
bob answers
alice is connected to 202
the administrator is told "the disk is full"
the node is shut down and started
the administrator is told "the end of the recording is missing"
the administrator is told "the disk is full"
the recording replays
the recording lacks its end
alice is registered within 30 seconds
the disk has room again
the administrator is told "the disk has room again" within 2 seconds
the recording is complete
