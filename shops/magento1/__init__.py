"""Magento 1 and OpenMage through their own API: XML-RPC, for reading only.

XML-RPC is chosen over SOAP v2: both reach the same methods, but SOAP's answers change their shape with a setting of the
shop (WS-I), need its WSDL to be fetched and read first, and leave out columns that modules add. A SOAP library would
also bring a way of its own to call other machines. Writing XML-RPC is in Python itself; what arrives is read with the
same hardened parser as all XML.
"""
