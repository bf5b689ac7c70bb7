# The line exists, but its phone is not there.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

bob unregisters
bob is not registered
alice dials 202
alice hears ReorderTone
console sees Failed at 201 cause destOutOfOrder
alice hangs up
alice is idle
bob is plugged in
bob is registered
alice dials 202
bob rings from 201
alice hangs up
