// The real shim, without a daemon, on files and spools of all kinds.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/unix_socket.hpp"
#include "shim/shim_fixture.hpp"
#include "support/alerts.hpp"
#include "support/wait.hpp"

namespace enrichd::test::shim_test {
namespace {

TEST_F(ShimTest, CountsTheBytesOfTheSpoolAndRefusesWhatIsTooMuch) {
    write_file(dir_ / "a", alert_for("x.com"));
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    const auto read_size = [&] {
        wire_spool_size size{};
        std::ifstream(spool_ / WIRE_SPOOL_SIZE_FILE, std::ios::binary)
            .read(reinterpret_cast<char*>(&size), sizeof size);
        return size;
    };
    const auto bytes = alert_for("x.com").size();
    EXPECT_EQ(read_size().used, bytes);
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_EQ(read_size().used, 2 * bytes);

    wire_spool_size size = read_size();
    size.limit = 3 * bytes - 1;
    std::ofstream(spool_ / WIRE_SPOOL_SIZE_FILE, std::ios::binary)
        .write(reinterpret_cast<const char*>(&size), sizeof size);
    const Run full = run({dir_ / "a"});
    EXPECT_EQ(full.exit_code, 1);
    EXPECT_NE(full.output.find("the spool is full (intake.max_spool_bytes)"), std::string::npos)
        << full.output;
    EXPECT_EQ(count_files(spool_ / "new"), 2U);
    EXPECT_EQ(read_size().used, 2 * bytes);
    EXPECT_EQ(read_size().refused, 1U);
}

TEST_F(ShimTest, SpoolsTheVeryBytesWhenNobodyListens) {
    const std::string alert = alert_for("x.com") + std::string(1, '\0') + "\xff";
    write_file(dir_ / "a", alert);
    const Run out = run({dir_ / "a"});
    EXPECT_EQ(out.exit_code, 0);
    EXPECT_EQ(out.output, "");
    ASSERT_EQ(count_files(spool_ / "new"), 1U);
    const auto file = std::filesystem::directory_iterator(spool_ / "new")->path();
    EXPECT_EQ(read_file(file), alert);
    EXPECT_EQ(count_files(spool_ / "tmp"), 0U);
    struct stat status {};
    ::stat(file.c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0640U) << "whatever the umask";
}

TEST_F(ShimTest, IgnoresAllArgumentsButTheFirst) {
    write_file(dir_ / "a", "{}");
    const std::vector<std::vector<std::string>> versions{
        {dir_ / "a"},
        {dir_ / "a", "", "", " > /dev/null 2>&1"},
        {dir_ / "a", "key", "http://hook", "debug", "/tmp/options", "10", "3"},
        {dir_ / "a", "", "", "", "", "10", "3", "> /dev/null 2>&1"},
    };
    for (const auto& arguments : versions) EXPECT_EQ(run(arguments).exit_code, 0);
    EXPECT_EQ(count_files(spool_ / "new"), versions.size());
}

TEST_F(ShimTest, RefusesFilesThatAreNone) {
    fails({""}, "gave no alert file");
    fails({dir_ / "missing"}, "No such file or directory");
    fails({dir_.path()}, "not a regular file");
    ::mkfifo((dir_ / "fifo").c_str(), 0600);
    fails({dir_ / "fifo"}, "not a regular file");
    std::filesystem::create_symlink("/etc/passwd", dir_ / "link");
    fails({dir_ / "link"}, "cannot open the alert file");
    fails({"/dev/zero"}, "not a regular file");
    const Fd socket = *listen_unix(UnixSocket::stream, dir_ / "socket", 0600, -1);
    fails({dir_ / "socket"}, "cannot open the alert file");
    fails({"/proc/self/mem"}, "cannot read the alert file");
    write_file(dir_ / "empty", "");
    fails({dir_ / "empty"}, "the alert file is empty");
    write_file(dir_ / "long", std::string(128 * 1024 + 1, 'x'));
    fails({dir_ / "long"}, "too long");
}

TEST_F(ShimTest, AFileThatItMayNotReadIsToldInOneLine) {
    write_file(dir_ / "a", "{}");
    std::filesystem::permissions(dir_ / "a", std::filesystem::perms::none);
    // Root may read all, and so runs it as somebody else, from where he finds it.
    const bool root = ::geteuid() == 0;
    std::filesystem::copy_file(ENRICH_SHIM_PROGRAM, dir_ / "shim");
    std::filesystem::permissions(dir_.path(), std::filesystem::perms(0711));
    std::vector<std::string> command{dir_ / "shim", dir_ / "a"};
    if (root)
        command.insert(command.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    const Run out = run_program(root ? "/usr/bin/setpriv" : command.front(), command);
    EXPECT_EQ(out.exit_code, 1);
    EXPECT_EQ(out.output, "enrich-shim: cannot open the alert file: Permission denied\n");
}

/// Something is written at the end of a file when the shim, which strace holds back before it reads for the
/// so-manieth time, has come so far.
class GrowingFile : public ShimTest {
  protected:
    Run grows_before_it_is_read(const std::string& more) {
        write_file(dir_ / "a", alert_for("x.com"));
        const std::string log = dir_ / "trace";
        std::filesystem::remove(log);
        Child child({"/usr/bin/strace",
                     {"strace", "-o", log, "-e", "trace=/fstat,read", "-e", "inject=read:delay_enter=200000",
                      ENRICH_SHIM_PROGRAM, dir_ / "a"},
                     {{"ENRICHD_SOCKET", socket_}, {"ENRICHD_SPOOL", spool_.string()}},
                     {}});
        EXPECT_TRUE(eventually([&] {
            const std::string done = read_file(log);
            return std::count(done.begin(), done.end(), '\n') >= 1;
        }));
        std::ofstream(dir_ / "a", std::ios::app) << more;
        std::string output = child.output();
        return {child.wait(), std::move(output)};
    }
};

TEST_F(GrowingFile, IsRefusedAndNotHandedOverInHalves) {
    for (const std::string& more : {std::string("x"), std::string(256 * 1024, 'x')}) {
        const Run out = grows_before_it_is_read(more);
        EXPECT_EQ(out.exit_code, 1);
        EXPECT_EQ(out.output, "enrich-shim: cannot read the alert file: it is still being written\n");
        EXPECT_EQ(count_files(spool_ / "new"), 0U);
    }
}

TEST_F(GrowingFile, ThatGrowsAllTheTimeIsReadOnce) {
    write_file(dir_ / "a", "{");
    std::atomic<bool> enough = false;
    std::thread writer([&] {
        std::ofstream out(dir_ / "a", std::ios::app);
        while (!enough) out << "x" << std::flush;
    });
    for (int i = 0; i < 50; ++i) {
        const Run out = run({dir_ / "a"});
        EXPECT_TRUE(out.exit_code == 0 || out.output.ends_with("it is still being written\n") ||
                    out.output.ends_with("more than 131072 bytes\n"))
            << out.output;
    }
    enough = true;
    writer.join();
}

TEST_F(ShimTest, TakesTheLongestAlert) {
    write_file(dir_ / "a", std::string(128 * 1024, 'x'));
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_EQ(std::filesystem::file_size(std::filesystem::directory_iterator(spool_ / "new")->path()),
              128U * 1024);
}

TEST_F(ShimTest, TheNameOfTheFileReachesNoTerminal) {
    const std::string odd =
        "\x1b]0;owned\a\x9b"
        "31m\n\xff.alert";
    fails({dir_ / odd}, "No such file or directory");
    write_file(dir_ / odd, "");
    fails({dir_ / odd}, "the alert file is empty");
    const Run out = run({dir_ / odd});
    EXPECT_TRUE(std::all_of(out.output.begin(), out.output.end() - 1, [](char c) {
        return c >= ' ' && c <= '~';
    })) << out.output;
    write_file(dir_ / odd, "{}");
    EXPECT_EQ(run({dir_ / odd}).exit_code, 0);
}

TEST_F(ShimTest, ANameThatIsTakenInTheSpoolCostsNoAlert) {
    write_file(dir_ / "a", "{}");
    // In tmp/ at first, then in new/: there a rename would replace the other alert.
    for (const char* fault : {"inject=openat:error=EEXIST:when=4", "inject=renameat2:error=EEXIST:when=1"}) {
        const auto before = count_files(spool_ / "new");
        std::filesystem::create_directories(spool_ / "tmp");
        std::filesystem::create_directories(spool_ / "new");
        const Run out = run_traced("openat,renameat2", {dir_ / "a"}, {"-e", fault});
        EXPECT_EQ(out.exit_code, 0) << fault << out.output;
        EXPECT_EQ(count_files(spool_ / "new"), before + 1);
        EXPECT_NE(trace().find("EEXIST"), std::string::npos) << trace();
        EXPECT_EQ(count_files(spool_ / "tmp"), 0U);
    }
}

TEST_F(ShimTest, WhereTheFileSystemCannotKeepARenameFromReplacingItLooksFirst) {
    write_file(dir_ / "a", "{}");
    EXPECT_EQ(
        run_traced("renameat2,renameat", {dir_ / "a"}, {"-e", "inject=renameat2:error=EINVAL"}).exit_code, 0);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(ShimTest, SaysSoWhenItCannotSpool) {
    write_file(dir_ / "a", "{}");
    write_file(spool_, "a file where the spool should be");
    fails({dir_ / "a"}, "cannot be spooled: Not a directory");
}

TEST_F(ShimTest, ASocketPathThatIsTooLongMeansTheSpool) {
    write_file(dir_ / "a", "{}");
    socket_ = "/" + std::string(200, 'x');
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(ShimTest, IsAStaticProgramOfAtMost40Kilobytes) {
    EXPECT_LE(std::filesystem::file_size(ENRICH_SHIM_PROGRAM), 40U * 1024);
    const std::string bytes = read_file(ENRICH_SHIM_PROGRAM);
    EXPECT_EQ(bytes.find("ld-linux"), std::string::npos);
    EXPECT_EQ(bytes.find("ld-musl"), std::string::npos);
    EXPECT_EQ(bytes.find("libstdc++"), std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::shim_test
