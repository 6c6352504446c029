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
import akka.actor.typed.javadsl.TimerScheduler;
import ikebana.ike.Datagram;
import ikebana.ike.Path;
import ikebana.settings.NetworkSettings;
import ikebana.settings.Ports;
import ikebana.wire.Bytes;
import ikebana.wire.IpAddress;
import ikebana.wire.UdpAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets: one for each own address and each of the two ports. The second port's IKE messages have four zero
/// bytes in front (RFC 3948 2.2), which nobody behind this actor sees.
///
/// Each socket stands for itself: one that cannot be opened, or fails, is tried again while the others go on.
public final class UdpEndpoint extends AbstractOnMessageBehavior<UdpEndpoint.Command> {

    public sealed interface Command {}

    /// From now on `address` is one of ours. What failed there before is tried again at once.
    public record Open(IpAddress address) implements Command {}

    /// `address` is no longer one of ours.
    public record Close(IpAddress address) implements Command {}

    public record Send(Datagram datagram) implements Command {}

    /// One octet of no meaning, so that a NAT in front of us keeps its mapping (RFC 3948 2.3).
    public record KeepAlive(Path path) implements Command {}

    /// An IKE message that came in, and takes room until it is taken.
    public static final class Arrival {
        private final Datagram datagram;
        private final WayIn way;

        private Arrival(Datagram datagram, WayIn way) {
            this.datagram = datagram;
            this.way = way;
        }

        /// Whoever hears of it calls this once, when it is its turn: its room is then another's.
        public Datagram take() {
            way.leave(datagram.bytes());
            return datagram;
        }
    }

    private record TryAgain(UdpAddress local) implements Command {}

    private record Closed(UdpAddress local, Channel channel) implements Command {}

    private enum Crowded implements Command {
        INSTANCE
    }

    private enum ListenForCrowds implements Command {
        INSTANCE
    }

    private static final Bytes NON_ESP_MARKER = Bytes.of(new byte[4]);
    private static final Bytes NAT_KEEPALIVE = Bytes.of((byte) 0xff);

    /// IPPROTO_UDP, UDP_ENCAP and UDP_ENCAP_ESPINUDP of linux/udp.h: ESP goes to the kernel, the rest comes to us.
    private static final IntegerUnixChannelOption UDP_ENCAPSULATION =
            new IntegerUnixChannelOption("UDP_ENCAP", 17, 100);

    private static final int ESP_IN_UDP = 2;

    /// SOL_SOCKET and SO_RCVBUFFORCE (socket(7)): like SO_RCVBUF, but not cut to net.core.rmem_max.
    private static final IntegerUnixChannelOption RECEIVE_BUFFER_BY_FORCE =
            new IntegerUnixChannelOption("SO_RCVBUFFORCE", 1, 33);

    /// No UDP datagram is longer, so none is ever cut.
    private static final int LONGEST_DATAGRAM = 65_535;

    /// How many datagrams are read in one system call, in a flood. Their room is touched only as far as it is filled.
    private static final int AT_ONCE = 32;

    private static final int EACCES = 13; // errno(3), as Linux has them
    private static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;

    private static final Duration SOONEST_RESTART = Duration.ofMillis(200);
    private static final Duration LATEST_RESTART = Duration.ofSeconds(10);
    private static final double RESTART_JITTER = 0.2;

    /// The first pause before a socket is tried again, and what doubling leads to. Whoever brings the address back
    /// tells us with [Open]; only a port that somebody else gives up is found by trying.
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /// The log says no more often than this that there are too many messages.
    private static final Duration CROWD_REPORTS = Duration.ofSeconds(10);

    /// A bug of ours restarts it, with new sockets for the same addresses. A socket that fails is not one.
    ///
    /// @param addresses to begin with
    /// @param onTheSpot the answer to an IKE message that nobody else has to hear of; asked on the sockets' thread
    /// @param clock for `onTheSpot`
    /// @param arrived hears each of the others; it runs nothing long
    public static Behavior<Command> create(
            Ports ports,
            NetworkSettings settings,
            List<IpAddress> addresses,
            BiFunction<Instant, Datagram, Optional<Datagram>> onTheSpot,
            InstantSource clock,
            ActorRef<Arrival> arrived) {
        return Behaviors.setup(outer -> {
            // what outlives a restart
            var wanted = new LinkedHashSet<>(addresses);
            var way = new WayIn(settings.waiting());
            return Behaviors.supervise(Behaviors.<Command>setup(context -> Behaviors.withTimers(timers ->
                            new UdpEndpoint(context, timers, ports, settings, wanted, way, onTheSpot, clock, arrived))))
                    .onFailure(SupervisorStrategy.restartWithBackoff(SOONEST_RESTART, LATEST_RESTART, RESTART_JITTER));
        });
    }

    /// A socket that cannot be opened.
    private record Failing(String why, Duration pause) {}

    private final TimerScheduler<Command> timers;
    private final Ports ports;
    private final NetworkSettings settings;
    private final Set<IpAddress> wanted;
    private final WayIn way;
    private final BiFunction<Instant, Datagram, Optional<Datagram>> onTheSpot;
    private final InstantSource clock;
    private final ActorRef<Arrival> arrived;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Map<UdpAddress, Channel> channels = new HashMap<>();
    private final Map<UdpAddress, Failing> failing = new HashMap<>();

    private UdpEndpoint(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Ports ports,
            NetworkSettings settings,
            Set<IpAddress> wanted,
            WayIn way,
            BiFunction<Instant, Datagram, Optional<Datagram>> onTheSpot,
            InstantSource clock,
            ActorRef<Arrival> arrived) {
        super(context);
        this.timers = timers;
        this.ports = ports;
        this.settings = settings;
        this.wanted = wanted;
        this.way = way;
        this.onTheSpot = onTheSpot;
        this.clock = clock;
        this.arrived = arrived;
        way.reported();
        wanted.forEach(this::open);
        if (channels.isEmpty() && !failing.isEmpty()) {
            context.getLog().error("no IKE socket could be opened: no tunnel comes up until one is; trying again");
        }
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Open(var address) -> {
                wanted.add(address);
                open(address);
            }
            case Close(var address) -> close(address);
            case Send(var datagram) -> send(datagram);
            case KeepAlive(var path) -> send(path, NAT_KEEPALIVE);
            case TryAgain(var local) -> listen(local);
            case Closed(var local, var channel) -> {
                // one that we closed ourselves is not in there any more
                if (channels.remove(local, channel)) failed(local, "the socket failed");
            }
            case Crowded.INSTANCE -> crowded();
            case ListenForCrowds.INSTANCE -> way.reported();
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop || signal instanceof PreRestart) {
            // the sockets now, so that whoever comes next finds the ports free; the thread when it likes
            channels.values().stream().map(Channel::close).toList().forEach(ChannelFuture::awaitUninterruptibly);
            var _ = loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
        return this;
    }

    private void open(IpAddress address) {
        if (address.needsScope()) {
            getContext().getLog().info("{} means something else on each link: not listened on", address);
            return;
        }
        listen(new UdpAddress(address, ports.ike()));
        listen(new UdpAddress(address, ports.nat()));
    }

    private void close(IpAddress address) {
        wanted.remove(address);
        for (var local : List.of(new UdpAddress(address, ports.ike()), new UdpAddress(address, ports.nat()))) {
            timers.cancel(local);
            failing.remove(local);
            var channel = channels.remove(local);
            if (channel != null) channel.close().awaitUninterruptibly();
        }
    }

    private void listen(UdpAddress local) {
        if (channels.containsKey(local)) return;
        boolean marked = local.port() == ports.nat();
        var bound = new Bootstrap()
                .group(loop)
                // the family of its address: ESP in UDP is another function for each in the kernel
                .channelFactory(() -> new EpollDatagramChannel(
                        local.ip().isV4() ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6))
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(AT_ONCE * LONGEST_DATAGRAM))
                .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, LONGEST_DATAGRAM)
                .option(ChannelOption.SO_RCVBUF, settings.receiveBuffer())
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(settings.waiting() / 2, settings.waiting()))
                .handler(new Ear(
                        local,
                        marked,
                        way,
                        onTheSpot,
                        clock,
                        arrived,
                        getContext().getSelf()))
                .bind(local.toSocketAddress())
                .awaitUninterruptibly(); // a system call on another thread; nothing of it waits for the world
        if (!bound.isSuccess()) {
            failed(local, why(local, bound.cause()));
            return;
        }
        var channel = bound.channel();
        channels.put(local, channel);
        var self = getContext().getSelf();
        channel.closeFuture().addListener(_ -> self.tell(new Closed(local, channel)));
        // without CAP_NET_ADMIN the smaller buffer has to do
        var _ = allows(channel, RECEIVE_BUFFER_BY_FORCE, settings.receiveBuffer());
        if (marked && !allows(channel, UDP_ENCAPSULATION, ESP_IN_UDP)) {
            getContext().getLog().warn("{}: the kernel does not take ESP out of UDP here", local);
        }
        timers.cancel(local);
        if (failing.remove(local) == null) getContext().getLog().debug("{}: listening", local);
        else getContext().getLog().info("{}: listening at last", local);
    }

    private static boolean allows(Channel channel, IntegerUnixChannelOption option, int value) {
        try {
            return channel.config().setOption(option, value);
        } catch (ChannelException refused) {
            return false;
        }
    }

    private void failed(UdpAddress local, String why) {
        var before = failing.get(local);
        var pause = before == null ? FIRST_PAUSE : min(before.pause().multipliedBy(2), LONGEST_PAUSE);
        failing.put(local, new Failing(why, pause));
        // once for each reason, not for each try
        if (before == null || !before.why().equals(why)) {
            getContext().getLog().warn("cannot listen on {}: {}; trying again", local, why);
        }
        timers.startSingleTimer(local, new TryAgain(local), pause);
    }

    private static String why(UdpAddress local, Throwable cause) {
        return switch (cause instanceof NativeIoException failed ? -failed.expectedErr() : 0) {
            case EADDRINUSE ->
                "another program has this port, a second IKE daemon perhaps (ss -ulpn 'sport = %d' names it)"
                        .formatted(local.port());
            case EADDRNOTAVAIL -> "this host does not have that address now";
            case EACCES -> "a port below 1024 needs CAP_NET_BIND_SERVICE";
            default -> String.valueOf(cause.getMessage());
        };
    }

    private void send(Datagram datagram) {
        var path = datagram.path();
        send(path, onTheWire(datagram.bytes(), path.local().port() == ports.nat()));
    }

    private static Bytes onTheWire(Bytes message, boolean marked) {
        return marked ? Bytes.concat(NON_ESP_MARKER, message) : message;
    }

    private void send(Path path, Bytes bytes) {
        var channel = channels.get(path.local());
        if (channel == null) {
            getContext().getLog().debug("no socket for {} now: a message to {} is lost", path.local(), path.remote());
            return;
        }
        // a full way out drops, as every router on the way does
        if (!channel.isWritable()) return;
        channel.writeAndFlush(packet(path, bytes)).addListener(sent -> {
            if (!sent.isSuccess()) Ear.LOG.debug("{}: not sent", path, sent.cause());
        });
    }

    private static DatagramPacket packet(Path path, Bytes bytes) {
        return new DatagramPacket(
                Unpooled.wrappedBuffer(bytes.toArray()), path.remote().toSocketAddress());
    }

    private void crowded() {
        getContext()
                .getLog()
                .warn("IKE messages come faster than they are read: {} dropped since the start", way.turnedAway());
        timers.startSingleTimer(ListenForCrowds.INSTANCE, ListenForCrowds.INSTANCE, CROWD_REPORTS);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /// Hears one socket.
    private static final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
        private static final Logger LOG = LoggerFactory.getLogger(UdpEndpoint.class);

        private final UdpAddress local;
        private final boolean marked;
        private final WayIn way;
        private final BiFunction<Instant, Datagram, Optional<Datagram>> onTheSpot;
        private final InstantSource clock;
        private final ActorRef<Arrival> arrived;
        private final ActorRef<Command> actor;

        /// When those that are being read together have come: a look at the clock for each would cost more than the
        /// rest, where it is a system call.
        private Optional<Instant> now = Optional.empty();

        Ear(
                UdpAddress local,
                boolean marked,
                WayIn way,
                BiFunction<Instant, Datagram, Optional<Datagram>> onTheSpot,
                InstantSource clock,
                ActorRef<Arrival> arrived,
                ActorRef<Command> actor) {
            this.local = local;
            this.marked = marked;
            this.way = way;
            this.onTheSpot = onTheSpot;
            this.clock = clock;
            this.arrived = arrived;
            this.actor = actor;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            var bytes = Bytes.of(packet.content().nioBuffer());
            if (marked) {
                // without the marker it is ESP, or a keepalive of one byte (RFC 3948 2.3)
                if (bytes.length() < 4 || !bytes.slice(0, 4).equals(NON_ESP_MARKER)) return;
                bytes = bytes.slice(4, bytes.length());
            }
            var datagram = new Datagram(new Path(local, UdpAddress.of(packet.sender())), bytes);
            if (now.isEmpty()) now = Optional.of(clock.instant());
            var answer = onTheSpot.apply(now.get(), datagram);
            if (answer.isPresent()) answer(context, answer.get());
            else passOn(datagram);
        }

        /// It is sent together with others, in [#channelReadComplete]: a system call for each would cost the most.
        private void answer(ChannelHandlerContext context, Datagram answer) {
            if (!context.channel().isWritable()) return;
            var _ = context.write(packet(answer.path(), onTheWire(answer.bytes(), marked)));
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            now = Optional.empty();
            context.flush();
        }

        private void passOn(Datagram datagram) {
            switch (way.enter(datagram.bytes())) {
                case ENTERED -> arrived.tell(new Arrival(datagram, way));
                case TURNED_AWAY -> {}
                case FIRST_TURNED_AWAY -> actor.tell(Crowded.INSTANCE);
            }
        }

        /// What a socket says once it may say for ever: it is closed, and the actor opens another after a pause.
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.warn("{}: {}", local, String.valueOf(cause));
            var _ = context.close();
        }
    }
}
