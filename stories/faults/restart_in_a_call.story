# The node fails in a call, with another call ringing: phones come back to an empty screen and silence, the application
# to a switch without calls, and nothing has a name that something else had before.
every step is checked
phone alice 7960 line 201
phone bob 7961 dual-line 202
phone carol 7975 line 203
application console watches 201 202 203

alice dials 202
bob answers
alice is connected to 202
carol dials 202
bob has a call waiting from 203
console sees Delivered at 202 from 203
the node restarts
console has no session
alice is idle
bob is idle
carol is idle
alice is registered within 30 seconds
bob is registered within 30 seconds
carol is registered within 30 seconds
console logs in
console has a session
console takes a snapshot of 202
console finds 0 calls
console watches 202
console succeeds
carol dials 202
bob rings from 203
console sees exactly Delivered at 202
bob answers
console sees exactly Established at 202
the node is shut down and started
carol is idle
carol is registered within 30 seconds
bob is registered within 30 seconds
console has no session
console logs in
console watches 202
console succeeds
carol dials 202
console sees exactly Delivered at 202
bob answers
carol is connected to 202
