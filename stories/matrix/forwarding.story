# SetForwarding for all calls, for busy lines and for calls that nobody answers.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

console forwards 202 to 203
console succeeds
alice dials 202
carol rings from 201
bob does not ring
carol answers
alice is connected to 203
carol hangs up
alice is idle
console stops forwarding 202
console succeeds
console forwards 202 to 203 on no answer after 12 seconds
console succeeds
alice dials 202
bob rings from 201
carol rings from 201 within 20 seconds
bob is idle
carol answers
alice is connected to 203
carol hangs up
alice is idle
console asks how 202 is forwarded
console finds calls forwarded to 203
console stops forwarding 202 on no answer
console succeeds
