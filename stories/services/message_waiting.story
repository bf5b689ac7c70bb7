# A message waits: the lamps, the text of an idle phone, and the event say so.
phone alice 7960 line 201
application console watches 201

console turns message waiting at 201 on
console succeeds
alice's message lamp 0 is On
alice's message lamp 1 is On
alice shows "You have voicemail"
console sees MessageWaiting at 201
alice is unplugged
alice is plugged in
alice is registered
alice's message lamp 0 is On
console turns message waiting at 201 off
alice's message lamp 0 is Off
console sees MessageWaiting at 201
