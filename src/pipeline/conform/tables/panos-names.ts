/**
 * How the other forms of PAN-OS logs name the same fields: the CEF and LEEF templates of the vendor's guides for firewalls, and
 * the CEF, LEEF and JSON of Strata Logging Service (Cortex Data Lake).
 *
 * @see https://docs.paloaltonetworks.com/resources/cef
 * @see https://docs.paloaltonetworks.com/strata-logging-service/log-reference
 */

function pairs(text: string): [string, string][] {
  return text.split(/\s+/).map((pair) => pair.split("=") as [string, string]);
}

/** CEF keys -> PAN-OS names, where both products that write CEF agree. */
const CEF_SHARED = pairs(
  "deviceExternalId=serial PanOSDeviceSN=serial src=src c6a2=src dst=dst c6a3=dst sourceTranslatedAddress=natsrc " +
    "destinationTranslatedAddress=natdst suser=srcuser PanOSSourceUser=srcuser duser=dstuser app=app PanOSApplication=app " +
    "cs3=vsys cs4=from cs5=to deviceInboundInterface=inbound_if deviceOutboundInterface=outbound_if cn1=sessionid " +
    "PanOSSessionID=sessionid cnt=repeatcnt spt=sport dpt=dport sourceTranslatedPort=natsport " +
    "destinationTranslatedPort=natdport proto=proto transportprotocol=proto act=action SimplifiedDeviceAction=action " +
    "PanOSBytes=bytes flexNumber1=bytes cn2=packets PanOSPacketsReceived=pkts_received PanOSPacketsSent=pkts_sent " +
    "start=time_generated cn3=elapsed externalId=seqno PanOSSequenceNo=seqno reason=session_end_reason " +
    "dvchost=device_name DeviceName=device_name PanOSDeviceName=device_name request=misc filePath=misc " +
    "PanOSRuleUUID=rule_uuid requestContext=contenttype requestClientApplication=user_agent requestMethod=http_method " +
    "PanOSHTTPMethod=http_method PanOSReferer=referer PanOSReferrer=referer PanOSXForwarderfor=xff PanOSXff=xff " +
    "PanOSX-Forwarded-For=xff PanOSX-Forwarded-ForIP=xff_ip PanOSXFFIP=xff_ip PanOSThreatCategory=thr_category " +
    "PanOSThreatID=threatid PanOSURLCatList=url_category_list PanOSURLCategoryList=url_category_list " +
    "fileHash=filedigest PanOSFileHash=filedigest fileType=filetype PanOSFileType=filetype PanOSContentVer=contentver " +
    "PanOSSourceLocation=srcloc PanOSDestinationLocation=dstloc PanOSTunnelType=tunnel PanOSTunnel=tunnel " +
    "PanOSTimeGeneratedHighResolution=high_res_timestamp PanOSServerNameIndication=sni PanOSTLSVersion=tls_version " +
    "PanOSSeverity=severity flexString2=direction PanOSEventIDValue=eventid PanOSEventID=eventid PanOSStage=stage " +
    "PanOSAuthMethod=auth_method PanOSSourceUserName=srcuser PanOSEndpointDeviceName=machinename shost=src_host " +
    "PanOSPublicIPv4=public_ip PanOSPublicIPv6=public_ipv6 PanOSPrivateIPv4=private_ip PanOSPrivateIPv6=private_ipv6 " +
    "PanOSEventStatus=status PanOSConnectionError=error PanOSDescription=opaque PanOSPortal=portal PanOSGateway=gateway " +
    "PanOSEndpointOSType=client_os PanOSEventResult=result PanOSEventDetails=path msg=opaque " +
    "PanOSApplicationCategory=category_of_app PanOSApplicationSubcategory=subcategory_of_app PanOSSourceDeviceHost=src_host",
);

/**
 * `in` and `out` mean opposite things: the firewalls' template has `in=$bytes_sent`, as CEF sees it (into the
 * destination), the logging service `out` for bytes sent.
 */
export const PANOS_CEF: ReadonlyMap<string, string> = new Map([
  ...CEF_SHARED,
  ...pairs(
    "in=bytes_sent out=bytes_received total_in=bytes_sent total_out=bytes_received rt=receive_time cs1=rule cs2=category cat=cat",
  ),
]);

export const STRATA_CEF: ReadonlyMap<string, string> = new Map([
  ...CEF_SHARED,
  ...pairs(
    "in=bytes_received out=bytes_sent rt=receive_time cs1=rule cs2=category cat=action_source PanOSSessionStartTime=start PanOSEventTime=time_generated duser0=admin",
  ),
]);

/** LEEF attributes of both products, and the JSON of Strata Logging Service, which share most names. */
export const PANOS_NAMES: ReadonlyMap<string, string> = new Map(
  pairs(
    // Strata Logging Service, JSON and LEEF
    "TimeReceived=receive_time LogTime=receive_time DeviceSN=serial LogSourceID=serial LogType=type Subtype=subtype SubType=subtype " +
      "TimeGenerated=time_generated EventTime=time_generated SourceAddress=src DestinationAddress=dst NATSource=natsrc " +
      "NATDestination=natdst Rule=rule SourceUser=srcuser DestinationUser=dstuser Application=app VirtualLocation=vsys " +
      "FromZone=from ToZone=to InboundInterface=inbound_if OutboundInterface=outbound_if SessionID=sessionid " +
      "RepeatCount=repeatcnt CountOfRepeat=repeatcnt CountOfRepeats=repeatcnt SourcePort=sport DestinationPort=dport " +
      "NATSourcePort=natsport NATDestinationPort=natdport Protocol=proto Action=action Bytes=bytes BytesSent=bytes_sent " +
      "BytesReceived=bytes_received PacketsTotal=packets PacketsSent=pkts_sent PacketsReceived=pkts_received " +
      "SessionStartTime=start SessionDuration=elapsed URLCategory=category SequenceNo=seqno SourceLocation=srcloc " +
      "DestinationLocation=dstloc SessionEndReason=session_end_reason DeviceName=device_name LogSourceName=device_name " +
      "ActionSource=action_source RuleUUID=rule_uuid URL=misc FileName=misc VendorSeverity=severity " +
      "DirectionOfAttack=direction ContentType=contenttype UserAgent=user_agent X-Forwarded-For=xff Referer=referer " +
      "X-Forwarded-ForIP=xff_ip HTTPMethod=http_method URLCategoryList=url_category_list FileHash=filedigest " +
      "FileType=filetype ThreatID=threatid ThreatCategory=thr_category ThreatName=threatid ContentVersion=contentver " +
      "TimeGeneratedHighResolution=high_res_timestamp SourceDeviceHost=src_host SourceDeviceMac=src_mac " +
      "DestinationDeviceHost=dst_host ServerNameIndication=sni TLSVersion=tls_version ErrorMessage=error " +
      "SenderEmail=sender RecipientEmail=recipient EmailSubject=subject ApplicationCategory=category_of_app " +
      "ApplicationSubcategory=subcategory_of_app EventName=eventid EventIDValue=eventid EventID=eventid EventDescription=opaque " +
      "EventComponent=object Stage=stage AuthMethod=auth_method SourceUserName=srcuser EndpointDeviceName=machinename " +
      "PublicIPv4=public_ip PublicIPv6=public_ipv6 PrivateIPv4=private_ip PrivateIPv6=private_ipv6 EventStatus=status " +
      "ConnectionError=error Description=opaque Portal=portal Gateway=gateway EndpointOSType=client_os User=user " +
      "SourceIP=ip AdminUsername=admin AdminUserName=admin EventResult=result EventDetails=path EventPath=path " +
      "IPaddress=host Client=client AuthenticationDescription=opaque AuthEvent=event AuthenticationPolicy=authpolicy " +
      // LEEF alone
      "srcPostNAT=natsrc dstPostNAT=natdst RuleName=rule usrName=srcuser VirtualSystem=vsys SourceZone=from " +
      "DestinationZone=to IngressInterface=inbound_if EgressInterface=outbound_if srcPort=sport dstPort=dport " +
      "srcPostNATPort=natsport dstPostNATPort=natdport totalBytes=bytes srcBytes=bytes_sent dstBytes=bytes_received " +
      "totalPackets=packets srcPackets=pkts_sent dstPackets=pkts_received ElapsedTime=elapsed StartTime=start sequence=seqno " +
      "Miscellaneous=misc Severity=severity Direction=direction RequestMethod=http_method Type=type devTime=time_generated " +
      "ReceiveTime=receive_time SerialNumber=serial FileDigest=filedigest identHostName=src_host msg=opaque Result=result " +
      "ConfigurationPath=path",
  ),
);
