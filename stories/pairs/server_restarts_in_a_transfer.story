# The server fails in the middle of a consultation: all phones are back and free, and what was forwarded still is.
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

console forwards 203 to 201
console stops forwarding 203
console forwards 202 to 203
bob dials 201
alice answers
alice transfers to 203
carol answers
the node restarts
after 60 seconds
alice is idle
bob is idle
carol is idle
alice dials 202
carol rings from 201
