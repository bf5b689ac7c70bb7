# A number that belongs to nobody.
phone alice 7960 line 201
application console watches 201

alice dials 777
alice hears ReorderTone
alice shows "Unknown number"
console sees Failed at 201 cause destNotObtainable
alice hangs up
alice is idle
console sees exactly ConnectionCleared at 201
