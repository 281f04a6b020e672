# Hotgate on a MikroTik HotSpot and PPPoE server: RouterOS 7.15 or later.
# Change the values of this first block, upload the file, then: /import mikrotik.rsc
# What each line is for: docs/recipes/nas/mikrotik.md

:local hotgate "192.0.2.10"
:local secret "CHANGE-ME-at-least-24-characters"
:local portal "hotgate.example.net"
:local hotspotprofile "hsprof1"

# sessions are dated by this clock too
/system ntp client set enabled=yes
/system ntp client servers add address=pool.ntp.org

# the default of 300 ms is shorter than a database that is busy for a moment
/radius add service=hotspot,ppp address=$hotgate secret=$secret authentication-port=1812 accounting-port=1813 \
    timeout=3s require-message-auth=yes-for-request-resp comment="hotgate"

# Hotgate ends and changes running sessions
/radius incoming set accept=yes port=3799
/ip firewall filter add chain=input action=accept protocol=udp dst-port=3799 src-address=$hotgate \
    place-before=0 comment="hotgate: disconnect and change"

# "received": as often as the plan says
/ip hotspot profile set [find name=$hotspotprofile] use-radius=yes radius-accounting=yes \
    radius-interim-update=received nas-port-type=wireless-802.11 login-by=http-chap
# Hotgate counts devices: the router's own limit would refuse what a plan allows
/ip hotspot user profile set [find default=yes] shared-users=unlimited keepalive-timeout=2m

# before the login guests reach the portal, and nothing else
/ip hotspot walled-garden ip add action=accept dst-host=$portal comment="hotgate: portal"

# PPPoE
/ppp aaa set use-radius=yes accounting=yes interim-update=5m
# a customer who may only see the portal: Hotgate puts his address into the list hotgate-confined
/ip firewall address-list add list=hotgate-portal address=$portal
/ip firewall filter add chain=forward action=accept src-address-list=hotgate-confined \
    dst-address-list=hotgate-portal comment="hotgate: confined, portal"
/ip firewall filter add chain=forward action=accept src-address-list=hotgate-confined protocol=udp dst-port=53 \
    comment="hotgate: confined, names"
/ip firewall filter add chain=forward action=reject src-address-list=hotgate-confined \
    reject-with=icmp-admin-prohibited comment="hotgate: confined, nothing else"
