# Alice calls Bob and parks him. Who fetches him is told that Bob calls: Carol, and then Alice herself.
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 dual-line 203
calls are parked at 801 for 3 times 60 seconds
application console watches 201 202 203
every step is checked

alice dials 202
bob answers
alice parks
console sees Diverted at 202 lcs connected cause park
console sees Queued at 202
carol dials 801
carol is connected to 202
console sees Established at 203 lcs connected cause callPickup
carol parks
alice dials 801
alice is connected to 202
console sees Established at 201 lcs connected cause callPickup
bob hangs up
