# The key of the line that is in use answers the call that waits on it.
phone alice 7960 line 201
phone bob 7961 dual-line 202
phone carol 7961 line 203

alice dials 202
bob answers
bob is connected to 201
carol dials 202
bob has a call waiting from 203
bob presses line 1
bob is connected to 203
bob has 201 on hold
