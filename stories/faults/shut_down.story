# The node ends in order: applications get BYE, phones are told to come back.
phone alice 7960 line 201
application console watches 201

the node is shut down and started
console has no session
alice is registered within 30 seconds
console logs in
console has a session
