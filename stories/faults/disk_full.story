# The disk fills up in a call: nobody but the administrator notices, and nothing is missing when there is room again.
the node records
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
alice is connected to 202
the recording is complete
the disk is full
alice holds
console sees Held at 201
the administrator is told "the disk is full"
the recording replays
the recording lacks its end
alice resumes
alice is connected to 202
bob is connected to 201
the disk has room again
the administrator is told "the disk has room again" within 2 seconds
the recording is complete
alice hangs up
bob is idle
the recording is complete
