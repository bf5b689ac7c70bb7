# Two desks share the lines 3001 and 3002 on one button; Carol watches the first line and the first desk.
phone desk 7960 mac 0200.0000.0a01
phone second 7961 mac 0200.0000.0a02
phone carol 7970 mac 0200.0000.0a03
phone bob 7970 mac 0200.0000.0a04
configuration
  telephony-service
   max-ephones 5
   max-dn 5
   ip source-address 10.0.0.1 port 2000
  ephone-dn 1
   number 3001
  ephone-dn 2
   number 3002
  ephone-dn 3 dual-line
   number 3003
  ephone-dn 4 dual-line
   number 3004
  ephone 1
   mac-address 0200.0000.0a01
   type 7960
   button 1c1,2
  ephone 2
   mac-address 0200.0000.0a02
   type 7961
   button 1o1,2 2x1
  ephone 3
   mac-address 0200.0000.0a03
   type 7970
   button 1:3 2m1 3w1
  ephone 4
   mac-address 0200.0000.0a04
   type 7970
   button 1:4

bob dials 3001
desk rings from 3004
second rings from 3004
carol's line 2 lamp is Blink
desk answers
bob is connected to 3001
second is idle
carol's line 2 lamp is On
carol's line 3 lamp is On
carol dials 3002
desk has a call waiting from 3003
second rings from 3003
second answers
carol is connected to 3002
second hangs up
bob hangs up
carol's line 2 lamp is Off
carol presses line 2
desk rings from 3003
carol hangs up
second presses line 1
second types 3004
bob answers
second is connected to 3004
carol dials 3002
desk rings from 3003
second has a call waiting from 3003
second presses line 2
carol is connected to 3002
second has 3004 on hold
