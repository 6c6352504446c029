package ikebana.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysctlTest {
    @TempDir
    private Path folder;

    @Test
    void itIsReadAndWritten() throws IOException {
        var sysctl = sysctl("30\n");
        assertThat(sysctl.read()).isEqualTo(30);
        sysctl.write(165);
        assertThat(sysctl.read()).isEqualTo(165);
    }

    @Test
    void whatIsAsWantedNeedsNoPrivilege() throws IOException {
        var sysctl = sysctl("165\n");
        var readOnly = sysctl.file().toFile().setWritable(false);
        assertThat(readOnly).isTrue();
        var before = Files.getLastModifiedTime(sysctl.file());
        sysctl.write(165);
        assertThat(Files.getLastModifiedTime(sysctl.file())).isEqualTo(before);
    }

    @Test
    void whatIsNotThereOrNoNumberIsSaidByName() throws IOException {
        assertThatThrownBy(() -> sysctl("many").read())
                .isInstanceOf(IOException.class)
                .hasMessage("net.core.test is 'many', not a number");
        assertThatThrownBy(() -> new Sysctl(folder.resolve("none"), "net.core.none").read())
                .isInstanceOf(IOException.class);
    }

    @Test
    void aNameIsAPath() {
        assertThat(Sysctl.ACQUIRE_EXPIRES.file()).hasToString("/proc/sys/net/core/xfrm_acq_expires");
    }

    private Sysctl sysctl(String content) throws IOException {
        return new Sysctl(Files.writeString(folder.resolve("sysctl"), content), "net.core.test");
    }
}
