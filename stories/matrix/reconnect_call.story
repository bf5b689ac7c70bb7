# ReconnectCall ends the active call, and takes the held one back.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console consults 203 at 201
carol rings from 201
carol answers
alice is connected to 203
console reconnects at 201
console succeeds
carol is idle
alice is connected to 202
bob is connected to 201
alice hangs up
bob is idle
