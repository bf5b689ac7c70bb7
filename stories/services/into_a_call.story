# An application calls one more party into a call, and lets another one join by itself.
telephony-service max-conferences 8
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
console adds 203 to the call at 201
console succeeds
carol rings
console sees Conferenced at 202 lcs connected cause singleStepConference
carol answers
carol is in a conference with 201 202
console sees Established at 203 lcs connected cause singleStepConference
console sees Conferenced at 203 lcs connected cause singleStepConference
carol hangs up
alice is connected to 202
console joins 203 to the call at 202
console succeeds
carol is in a conference with 201 202
console sees Established at 203 lcs connected cause joinCall
console sees Conferenced at 203 lcs connected cause joinCall
console adds 203 to the call at 201
console is refused with invalidDestinationDeviceID
console clears the call at 201
console succeeds
alice is idle
bob is idle
carol is idle
