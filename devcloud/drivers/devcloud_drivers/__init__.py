"""What makes devcloud an OpenStack with real servers: the drivers that its Nova, Neutron and Cinder load."""
