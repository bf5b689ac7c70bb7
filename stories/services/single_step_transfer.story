# An application gives a call to somebody else without asking first.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
console gives the call at 201 to 203
console succeeds
alice is idle
bob hears ringing
carol rings from 202
console sees Transfered at 201 lcs null cause singleStepTransfer
console sees Transfered at 202 lcs connected cause singleStepTransfer
console sees Delivered at 203 lcs alerting cause singleStepTransfer from 202 to 203
carol answers
carol is connected to 202
console sees Established at 202 lcs connected cause singleStepTransfer
console gives the call at 202 to 999
console is refused with invalidDestinationDeviceID
bob is connected to 203
# Who declines sends the call back.
console gives the call at 202 to 201
alice rings from 203
alice rejects
bob rings
console sees Diverted at 203 lcs connected cause recall onto 202
bob answers
bob is connected to 203
