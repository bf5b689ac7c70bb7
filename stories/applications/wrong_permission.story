# A line without `cti watch` can neither be monitored nor controlled.
phone alice 7960 line 201
phone bob 7961 line 202
202 is closed to applications
application console watches 201

console watches 202
console is refused with privilegeViolationSpecifiedDevice
console calls from 202 to 201
console is refused with privilegeViolationCallingDevice
bob is idle
console watches 999
console is refused with invalidDeviceID
