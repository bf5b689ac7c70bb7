# An application whose connection breaks loses its session, but not the calls it made; it can come back.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

console calls from 201 to 202
bob answers
alice is connected to 202
console's connection breaks
console has no session
after 1 minute
alice is connected to 202
console logs in
console has a session
console watches 201
console succeeds
console clears at 201
alice is idle
