# ConsultationCall and TransferCall.
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
console succeeds
carol rings from 201
bob hears music
carol answers
alice is connected to 203
carol is connected to 201
console transfers at 201
console succeeds
alice is idle
bob is connected to 203
carol is connected to 202
bob hangs up
carol is idle
