# An application over UDP that does not read: its events are repeated, and those that still wait come when it reads.
phone alice 7960 line 201
phone bob 7961 line 202
application console over UDP watches 201

console stops reading
alice dials 202
bob answers
alice is connected to 202
after 10 seconds
console reads again
console sees exactly ServiceInitiated DigitsDialed Originated Delivered Established at 201 within 10 seconds
alice hangs up
console sees exactly ConnectionCleared at 201
