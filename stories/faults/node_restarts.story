# The node fails and starts again: phones come back, applications log in again.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

alice dials 202
bob answers
the node restarts
alice is not registered
console has no session
alice is registered within 30 seconds
bob is registered within 30 seconds
console logs in
console has a session
console watches 201
console succeeds
alice dials 202
bob rings from 201
console sees Delivered at 201
