# An application forwards, asks and cancels; the phone shows it, and every monitor of the line is told.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
203 is closed to applications
application console watches 201 202
application recorder watches 202

console asks for features
console is offered SetForwarding
console is offered GetForwarding
console asks how 202 is forwarded
console finds no calls forwarded
console forwards 202 to 203
bob is forwarded to 203
console sees exactly Forwarding at 202
recorder sees exactly Forwarding at 202
console forwards 202 to 201 on busy
console forwards 202 to 203 on no answer after 12 seconds
console asks how 202 is forwarded
console finds calls forwarded to 201
console finds calls forwarded to 203
console stops forwarding 202
bob is not forwarded
console stops forwarding 202 on busy
console stops forwarding 202
recorder sees exactly Forwarding Forwarding Forwarding Forwarding at 202
alice dials 202
bob rings from 201
carol rings from 201 within 13 seconds
alice hangs up
console stops forwarding 202 on no answer
console asks how 202 is forwarded
console finds no calls forwarded
console forwards 202 to 777
console is refused with invalidForwardingDestination
console forwards 202 to 202
console is refused with invalidForwardingDestination
console forwards 203 to 201
console is refused with privilegeViolationSpecifiedDevice
console forwards 202 to 201 on no answer after 2 seconds
console is refused with invalidRingCount
