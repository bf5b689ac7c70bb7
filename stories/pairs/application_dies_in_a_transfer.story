# The application that consults is gone before it transfers: the user goes on with the keys of the phone.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
console answers at 201
console consults 203 at 201
carol answers
alice is connected to 203
console's connection breaks
console has no session
alice transfers
alice is idle
bob is connected to 203
