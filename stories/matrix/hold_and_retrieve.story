# HoldCall and RetrieveCall, and the users who do the same.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console holds at 202
console succeeds
bob has 201 on hold
alice hears music
console retrieves at 202
console succeeds
alice is connected to 202
bob is connected to 201
bob holds
bob has 201 on hold
alice hears music
console retrieves at 202
console succeeds
alice is connected to 202
bob is connected to 201
alice holds
alice has 202 on hold
bob hears music
alice resumes
alice is connected to 202
bob hangs up
alice is idle
