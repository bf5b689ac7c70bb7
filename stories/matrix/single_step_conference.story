# SingleStepConferenceCall calls one more party into a call.
telephony-service max-conferences 8
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console adds 203 to the call at 201
console succeeds
carol rings
carol answers
alice is in the mix
bob is in the mix
carol is in the mix
carol hangs up
alice is connected to 202
bob is connected to 201
alice hangs up
bob is idle
