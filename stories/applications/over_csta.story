# An application over CSTA/TCP controls calls, keeps its session by resetting its timer, and ends it.
phone alice 7960 line 201
phone bob 7961 line 202
application console over CSTA watches 201 202
console asks for a session of 2 minutes

console calls from 201 to 202
console sees exactly ServiceInitiated Originated Delivered at 201
console sees Delivered at 202 lcs alerting
console answers at 202
console sees exactly Established at 201
console holds at 201
console sees exactly Held at 201
console retrieves at 201
console clears at 201
console sees ConnectionCleared at 202
after 10 minutes
console has a session
alice dials 202
console sees Delivered at 202 lcs alerting
console logs out
console has no session
bob answers
alice is connected to 202
