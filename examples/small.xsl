<?xml version="1.0"?>
<!-- Makes of an example's domain.xml one that starts on any machine with QEMU, to see its lease:

       xsltproc examples/small.xsl examples/office-windows/domain.xml

     Emulated, without KVM. 64 MiB in pages of 2 MiB for each of its NUMA cells, all on node 0. Without pins, and without what a machine may
     lack: firmware, disks, networks, screens, sound, TPM, shared folders, PCI devices.
     With -stringparam images FOLDER its disks stay, as FOLDER/vda.raw and so on. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:param name="images"/>
  <xsl:variable name="mib" select="64"/>
  <xsl:variable name="cells" select="/domain/cpu/numa/cell"/>

  <!-- All that is not named below stays. -->
  <xsl:template match="@*|node()">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
    </xsl:copy>
  </xsl:template>
  <xsl:template match="comment()"/>

  <!-- Emulated: what only KVM and the host's CPU have goes. -->
  <xsl:template match="/domain/@type">
    <xsl:attribute name="type">qemu</xsl:attribute>
  </xsl:template>
  <xsl:template match="features/hyperv|features/kvm|features/pmu|clock/timer[@name = 'hypervclock' or @name = 'tsc' or @name = 'kvmclock']"/>
  <xsl:template match="/domain/cpu">
    <cpu mode="custom" match="exact">
      <model fallback="allow">qemu64</model>
      <xsl:apply-templates select="topology|numa"/>
    </cpu>
  </xsl:template>

  <!-- Memory -->
  <xsl:template match="/domain/memory|/domain/currentMemory">
    <xsl:copy>
      <xsl:attribute name="unit">MiB</xsl:attribute>
      <xsl:value-of select="$mib * (count($cells) + not($cells))"/>
    </xsl:copy>
  </xsl:template>
  <xsl:template match="cpu/numa/cell/@memory">
    <xsl:attribute name="memory"><xsl:value-of select="$mib"/></xsl:attribute>
  </xsl:template>
  <xsl:template match="cpu/numa/cell/@unit">
    <xsl:attribute name="unit">MiB</xsl:attribute>
  </xsl:template>
  <xsl:template match="hugepages/page/@size">
    <xsl:attribute name="size">2</xsl:attribute>
  </xsl:template>
  <xsl:template match="hugepages/page/@unit">
    <xsl:attribute name="unit">MiB</xsl:attribute>
  </xsl:template>
  <xsl:template match="/domain/memtune|memoryBacking/locked"/>
  <xsl:template match="numatune/*/@nodeset">
    <xsl:attribute name="nodeset">0</xsl:attribute>
  </xsl:template>

  <!-- Pins: a small machine has no CPUs to give away. -->
  <xsl:template match="/domain/vcpu/@cpuset|/domain/cputune"/>

  <!-- Firmware and devices -->
  <xsl:template match="/domain/os/@firmware|os/firmware|os/loader|os/nvram|features/smm"/>
  <xsl:template match="devices/interface|devices/graphics|devices/sound|devices/audio|devices/tpm|devices/filesystem|devices/hostdev|
                       channel[@type = 'spicevmc']"/>
  <xsl:template match="devices/video">
    <video>
      <model type="none"/>
    </video>
  </xsl:template>
  <xsl:template match="devices/disk">
    <xsl:if test="$images">
      <xsl:copy>
        <xsl:apply-templates select="@*|node()"/>
      </xsl:copy>
    </xsl:if>
  </xsl:template>
  <xsl:template match="disk/source/@file">
    <xsl:attribute name="file"><xsl:value-of select="concat($images, '/', ../../target/@dev, '.raw')"/></xsl:attribute>
  </xsl:template>
  <xsl:template match="disk/driver/@type">
    <xsl:attribute name="type">raw</xsl:attribute>
  </xsl:template>
</xsl:stylesheet>
