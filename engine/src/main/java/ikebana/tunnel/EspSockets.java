package ikebana.tunnel;

import ikebana.auth.Profile;
import ikebana.kernel.embedded.EspPacket;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What carries the ESP of a kernel in memory: one UDP socket for each own address, all with the same port, here and at
/// every peer. A datagram is an ESP packet and nothing else: to the machine it is bare ESP, as if it were protocol 50.
final class EspSockets implements AutoCloseable {
    private final int port;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Map<IpAddress, Channel> channels = new TreeMap<>();

    /// @param arrived is called by the sockets' own thread
    EspSockets(int port, Collection<IpAddress> addresses, Consumer<EspPacket> arrived) {
        this.port = port;
        try {
            addresses.forEach(address -> open(address, arrived));
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /// The addresses that the profiles name; if one says `any`, also those that this host has now.
    static List<IpAddress> addressesOf(List<Profile> profiles) {
        return profiles.stream()
                .flatMap(profile -> switch (profile.local()) {
                    case Profile.Listed(var addresses) -> addresses.stream();
                    case Profile.Any() -> ofThisHost();
                })
                .distinct()
                .toList();
    }

    private static Stream<IpAddress> ofThisHost() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLinkLocalAddress()) // means nothing without its link
                    .map(IpAddress::of);
        } catch (SocketException unreadable) {
            throw new UncheckedIOException("this host does not tell its addresses", unreadable);
        }
    }

    private void open(IpAddress address, Consumer<EspPacket> arrived) {
        var local = new UdpAddress(address, port);
        var bound = new Bootstrap()
                .group(loop)
                .channel(EpollDatagramChannel.class)
                .handler(new Ear(address, arrived))
                .bind(local.toSocketAddress())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "no ESP on %s: %s".formatted(local, bound.cause().getMessage()), bound.cause());
        }
        channels.put(address, bound.channel());
    }

    /// A packet that cannot be sent is lost, as packets are.
    void send(EspPacket packet) {
        var channel = channels.get(packet.source());
        if (channel == null) return; // of an address that we do not have: a network would not carry it either
        var _ = channel.writeAndFlush(new DatagramPacket(
                Unpooled.wrappedBuffer(packet.esp().toArray()),
                new UdpAddress(packet.destination(), port).toSocketAddress()));
    }

    /// Returns when the ports are free again.
    @Override
    public void close() {
        channels.values().forEach(channel -> channel.close().awaitUninterruptibly());
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /// Hears one socket.
    private static final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
        private final IpAddress local;
        private final Consumer<EspPacket> arrived;

        Ear(IpAddress local, Consumer<EspPacket> arrived) {
            this.local = local;
            this.arrived = arrived;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            var esp = Bytes.of(packet.content().nioBuffer());
            var sender = IpAddress.of(packet.sender().getAddress());
            arrived.accept(new EspPacket(sender, local, Optional.empty(), esp));
        }
    }
}
