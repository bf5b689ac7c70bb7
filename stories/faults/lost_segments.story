# Single segments get lost: TCP sends them again a second later, an application over UDP repeats its request.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202
application watcher over UDP watches 201

alice's next segment is lost
alice dials 202
bob rings from 201 within 3 seconds
bob's next segment is lost
bob answers
alice is connected to 202 within 3 seconds
console's next segment is lost
console holds at 201
console succeeds within 3 seconds
watcher's next segment is lost
watcher retrieves at 201
watcher succeeds within 3 seconds
watcher's next segment is lost
alice hangs up
console sees ConnectionCleared at 201
watcher sees ConnectionCleared at 201 within 5 seconds
