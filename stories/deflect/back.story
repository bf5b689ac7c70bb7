# A deflected call may be deflected back; it is one call all the time.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 202 203

alice dials 202
console deflects at 202 to 203
carol rings from 201
console deflects at 203 to 202
console succeeds
carol is idle
bob rings from 201
console deflects at 202 to 202
console is refused with invalidDestinationDeviceID
bob rings from 201
bob answers
alice is connected to 202
