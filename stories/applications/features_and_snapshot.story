# What is implemented, and what a device is doing.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

console asks for features
console is offered MakeCall
console is offered SnapshotDevice
console is offered ParkCall
console is not offered IntrudeCall
console takes a snapshot of 201
console finds 0 calls
alice dials 202
console takes a snapshot of 201
console finds 1 calls
console takes a snapshot of 202
console finds 1 calls
