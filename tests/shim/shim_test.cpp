// The real shim, without a daemon, on files and spools of all kinds.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <regex>
#include <thread>
#include <vector>

#include "net/unix_socket.hpp"
#include "proto/wire.h"
#include "support/alerts.hpp"
#include "support/child.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

class ShimTest : public testing::Test {
  protected:
    struct Run {
        int exit_code;
        std::string output;
    };
    Run run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "integrations");
        return run_program(ENRICH_SHIM_PROGRAM, arguments);
    }
    Run run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
        const Command command{
            program, arguments, {{"ENRICHD_SOCKET", socket_}, {"ENRICHD_SPOOL", spool_.string()}}, {}};
        Child child(command);
        std::string output = child.output();
        return {child.wait(), std::move(output)};
    }
    void fails(const std::vector<std::string>& arguments, const std::string& why) {
        const Run out = run(arguments);
        EXPECT_EQ(out.exit_code, 1);
        EXPECT_TRUE(out.output.starts_with("enrich-shim: ")) << out.output;
        EXPECT_NE(out.output.find(why), std::string::npos) << out.output;
        EXPECT_EQ(std::count(out.output.begin(), out.output.end(), '\n'), 1);
        EXPECT_EQ(count_files(spool_ / "new"), 0U);
    }

    TempDir dir_;
    std::string socket_ = dir_ / "nobody.sock";
    std::filesystem::path spool_ = dir_ / "spool";
};

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

TEST_F(ShimTest, LetsTheKernelWaitForASilentDaemonNoLongerThanItsBoundAndThenSpools) {
    write_file(dir_ / "a", alert_for("x.com"));
    socket_ = dir_ / "silent.sock";
    const Fd nobody_reads = *listen_unix(UnixSocket::packets, socket_, 0600, -1);
    const std::string log = dir_ / "trace";
    const Run out = run_program("/usr/bin/strace", {"strace", "-xx", "-e", "trace=setsockopt", "-o", log,
                                                    ENRICH_SHIM_PROGRAM, dir_ / "a"});
    EXPECT_EQ(out.exit_code, 0) << out.output;
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
    // Each call's timeval: eight bytes of seconds, eight of microseconds, the lowest first.
    static const std::regex timeout(R"(SO_(SND|RCV)TIMEO\w*, "((?:\\x[0-9a-f]{2}){16})\")");
    const std::string trace = read_file(log);
    std::vector<std::uint64_t> waits;
    for (std::sregex_iterator at(trace.begin(), trace.end(), timeout), end; at != end; ++at) {
        const auto number = [bytes = (*at)[2].str()](std::size_t first) {
            std::uint64_t out = 0;
            for (std::size_t i = first + 8; i-- > first;)
                out = out << 8 | std::stoul(bytes.substr(i * 4 + 2, 2), nullptr, 16);
            return out;
        };
        waits.push_back(number(0) * 1'000'000 + number(8));
    }
    ASSERT_GE(waits.size(), 2U) << trace;
    for (const std::uint64_t microseconds : waits) EXPECT_LE(microseconds, 250'000U);
    EXPECT_TRUE(std::is_sorted(waits.rbegin(), waits.rend())) << "one deadline for all of them";
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

TEST_F(GrowingFile, ThatGrowsAllTheTimeKeepsItNoLongerThanAnother) {
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

class ActiveResponse : public ShimTest {
  protected:
    /// Runs it as execd does: no arguments, stdin left open, nothing more than `bytes` comes.
    Run respond(const std::string& bytes, bool leave_open = true) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        const Fd reading(ends[0]);
        Fd writing(ends[1]);
        ::fcntl(writing.get(), F_SETPIPE_SZ, 1 << 20);
        EXPECT_EQ(::write(writing.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        if (!leave_open) writing.reset();
        const Command command{ENRICH_SHIM_PROGRAM,
                              {"active-response/bin/enrich-otx"},
                              {{"ENRICHD_SOCKET", socket_}, {"ENRICHD_SPOOL", spool_.string()}},
                              {},
                              -1,
                              reading.get()};
        Child child(command);
        std::string output = child.output();
        Run run{child.wait(), std::move(output)};
        EXPECT_EQ(run.output, "") << "execd takes a line for a question";
        return run;
    }
    std::string spooled() const {
        const auto file = std::filesystem::directory_iterator(spool_ / "new")->path();
        EXPECT_TRUE(file.string().ends_with("-a")) << file;
        return read_file(file);
    }
};

TEST_F(ActiveResponse, SpoolsTheLineWithoutItsEndAndReadsNoFurther) {
    EXPECT_EQ(respond("{\"command\":\"add\"}\nmore").exit_code, 0);
    ASSERT_EQ(count_files(spool_ / "new"), 1U);
    EXPECT_EQ(spooled(), "{\"command\":\"add\"}");
}

TEST_F(ActiveResponse, ALineThatTheEndOfTheFileEndsIsOne) {
    EXPECT_EQ(respond("{}", false).exit_code, 0);
    EXPECT_EQ(spooled(), "{}");
}

TEST_F(ActiveResponse, TakesTheLongestLineAndNoLonger) {
    EXPECT_EQ(respond(std::string(128 * 1024, 'x') + "\n").exit_code, 0);
    EXPECT_EQ(spooled().size(), 128U * 1024);
    EXPECT_EQ(respond(std::string(128 * 1024 + 1, 'x') + "\n").exit_code, 1);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(ActiveResponse, DoesNotWaitForALineThatDoesNotCome) {
    EXPECT_EQ(respond("half a line").exit_code, 1);
    EXPECT_EQ(respond("", false).exit_code, 1);
}

TEST_F(ShimTest, TakesTheLongestAlert) {
    write_file(dir_ / "a", std::string(128 * 1024, 'x'));
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_EQ(std::filesystem::file_size(std::filesystem::directory_iterator(spool_ / "new")->path()),
              128U * 1024);
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
}  // namespace enrichd::test
