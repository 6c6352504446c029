package ikebana.tunnel;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.Signal;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.settings.Ports;
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
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The sockets: one for each own address and each of the two ports. The second port's IKE messages have four zero bytes
/// in front (RFC 3948 2.2), which nobody behind this actor sees.
public final class UdpEndpoint extends AbstractOnMessageBehavior<UdpEndpoint.Command> {

    public sealed interface Command {}

    /// From now on `address` is one of ours.
    public record Open(IpAddress address) implements Command {}

    public record Send(Datagram datagram) implements Command {}

    private static final Bytes NON_ESP_MARKER = Bytes.of(new byte[4]);
    /// IPPROTO_UDP, UDP_ENCAP and UDP_ENCAP_ESPINUDP of linux/udp.h: ESP goes to the kernel, the rest comes to us.
    private static final IntegerUnixChannelOption UDP_ENCAPSULATION =
            new IntegerUnixChannelOption("UDP_ENCAP", 17, 100);

    private static final int ESP_IN_UDP = 2;

    private static final Duration SOONEST_RESTART = Duration.ofMillis(200);
    private static final Duration LATEST_RESTART = Duration.ofSeconds(10);
    private static final double RESTART_JITTER = 0.2;

    /// Sockets that failed are opened anew; the same addresses come again.
    ///
    /// @param addresses to begin with
    /// @param arrived hears each IKE message; it runs nothing long
    public static Behavior<Command> create(Ports ports, List<IpAddress> addresses, ActorRef<Datagram> arrived) {
        var wanted = new LinkedHashSet<>(addresses); // outlives a restart
        return Behaviors.supervise(
                        Behaviors.<Command>setup(context -> new UdpEndpoint(context, ports, wanted, arrived)))
                .onFailure(SupervisorStrategy.restartWithBackoff(SOONEST_RESTART, LATEST_RESTART, RESTART_JITTER));
    }

    private final Ports ports;
    private final Set<IpAddress> wanted;
    private final ActorRef<Datagram> arrived;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Map<UdpAddress, Channel> channels = new HashMap<>();

    private UdpEndpoint(ActorContext<Command> context, Ports ports, Set<IpAddress> wanted, ActorRef<Datagram> arrived) {
        super(context);
        this.wanted = wanted;
        this.ports = ports;
        this.arrived = arrived;
        wanted.forEach(this::open);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Open(var address) -> {
                wanted.add(address);
                open(address);
            }
            case Send(var datagram) -> send(datagram);
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop || signal instanceof PreRestart) {
            var _ = loop.shutdownGracefully();
        }
        return this;
    }

    private void open(IpAddress address) {
        if (channels.containsKey(new UdpAddress(address, ports.ike()))) return;
        bind(new UdpAddress(address, ports.ike()), false);
        bind(new UdpAddress(address, ports.nat()), true);
    }

    private void bind(UdpAddress local, boolean marked) {
        var bootstrap = new Bootstrap()
                .group(loop)
                .channel(EpollDatagramChannel.class)
                .handler(new Ear(local, marked, arrived));
        var bound = bootstrap.bind(local.toSocketAddress()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "cannot listen on %s: %s".formatted(local, bound.cause().getMessage()), bound.cause());
        }
        if (marked && !bound.channel().config().setOption(UDP_ENCAPSULATION, ESP_IN_UDP)) {
            getContext().getLog().warn("{}: the kernel does not take ESP out of UDP here", local);
        }
        channels.put(local, bound.channel());
    }

    private void send(Datagram datagram) {
        var path = datagram.path();
        var channel = channels.get(path.local());
        if (channel == null) {
            getContext().getLog().warn("{} is not an address of ours any more", path.local());
            return;
        }
        var bytes =
                path.local().port() == ports.nat() ? Bytes.concat(NON_ESP_MARKER, datagram.bytes()) : datagram.bytes();
        var _ = channel.writeAndFlush(new DatagramPacket(
                Unpooled.wrappedBuffer(bytes.toArray()), path.remote().toSocketAddress()));
    }

    /// Hears one socket.
    private static final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
        private final UdpAddress local;
        private final boolean marked;
        private final ActorRef<Datagram> arrived;

        Ear(UdpAddress local, boolean marked, ActorRef<Datagram> arrived) {
            this.local = local;
            this.marked = marked;
            this.arrived = arrived;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            var bytes = Bytes.of(packet.content().nioBuffer());
            if (marked) {
                // without the marker it is ESP, or a keepalive of one byte (RFC 3948 2.3)
                if (bytes.length() < 4 || !bytes.slice(0, 4).equals(NON_ESP_MARKER)) return;
                bytes = bytes.slice(4, bytes.length());
            }
            arrived.tell(new Datagram(new Path(local, UdpAddress.of(packet.sender())), bytes));
        }
    }
}
