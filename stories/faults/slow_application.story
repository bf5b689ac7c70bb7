# An application that stops reading disturbs nobody, and loses nothing if it reads again.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202
application slow watches 201 202

slow stops reading
alice dials 202
bob answers
alice is connected to 202
console sees Established at 201
alice hangs up
console sees ConnectionCleared at 201
alice dials 202
bob rings from 201
slow reads again
slow sees Established at 201
slow sees ConnectionCleared at 201
slow sees Delivered at 201
