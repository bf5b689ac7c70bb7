# The machine of an application loses its power: the call goes on, and the application begins anew when it is back.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202
application spy over UDP watches 201

alice dials 202
bob answers
console is unplugged
spy is unplugged
console has no session
alice holds
bob hears music
alice resumes
alice is connected to 202
after 1 minute
console is plugged in
spy is plugged in
console logs in
console has a session
console takes a snapshot of 201
console finds 1 calls
console watches 201
console succeeds
alice hangs up
console sees ConnectionCleared at 201
console sees nothing more at 201
bob is idle
