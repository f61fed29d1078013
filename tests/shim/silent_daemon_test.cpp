// The real shim before a daemon that listens and answers nobody.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

#include "base/fd.hpp"
#include "shim/shim_fixture.hpp"
#include "support/alerts.hpp"
#include "support/wait.hpp"

namespace enrichd::test::silent_daemon_test {
namespace {

class SilentDaemon : public ShimTest {
  protected:
    SilentDaemon() {
        write_file(dir_ / "a", alert_for("x.com"));
        socket_ = dir_ / "silent.sock";
        silent_ = Fd(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
        const sockaddr_un address = address_of(socket_);
        EXPECT_EQ(::bind(silent_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(silent_.get(), 100), 0);
    }
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path.c_str());
        return address;
    }
    /// Runs it once more; how many milliseconds it was ready to wait for the reply.
    int waits() {
        EXPECT_EQ(run_traced("poll", {dir_ / "a"}).exit_code, 0);
        const std::string calls = trace();  // poll([{fd=3, events=POLLIN}], 1, 250) = 0 (Timeout)
        const std::size_t at = calls.find("], 1, ");
        int milliseconds = -1;
        if (at != std::string::npos) std::from_chars(&calls[at + 6], &calls.back(), milliseconds);
        return milliseconds;
    }
    static std::uint64_t now() {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
               static_cast<std::uint64_t>(now.tv_nsec);
    }
    std::uint64_t mark() const {
        std::uint64_t mark = 0;
        std::ifstream file(spool_ / WIRE_SPOOL_SIZE_FILE, std::ios::binary);
        file.seekg(WIRE_SPOOL_UNANSWERED_AT);
        file.read(reinterpret_cast<char*>(&mark), sizeof mark);
        return mark;
    }
    void mark(std::uint64_t when) const {
        std::fstream file(spool_ / WIRE_SPOOL_SIZE_FILE, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(WIRE_SPOOL_UNANSWERED_AT);
        file.write(reinterpret_cast<const char*>(&when), sizeof when);
    }

    Fd silent_;
};

constexpr int moment = 2;
constexpr std::uint64_t second = 1'000'000'000;

TEST_F(SilentDaemon, CostsOneShimItsTimeAndTheNextAMoment) {
    const std::uint64_t before = now();
    const int first = waits();
    EXPECT_GT(first, moment);
    EXPECT_LE(first, 250);
    EXPECT_GE(mark(), before);
    EXPECT_LE(mark(), now());
    // A busy machine may start the next one too late: then that one waits again, and marks again.
    EXPECT_TRUE(eventually([&] { return waits() <= moment; }));
    EXPECT_EQ(count_files(spool_ / "tmp"), 0U);
    EXPECT_GE(count_files(spool_ / "new"), 2U);
}

TEST_F(SilentDaemon, ThatAnswersBusyAfterALongTimeIsTheSame) {
    std::jthread slow([&] {
        const Fd connection(::accept(silent_.get(), nullptr, nullptr));
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_TRUE(eventually(
            [&] { return std::chrono::steady_clock::now() > begun + std::chrono::milliseconds(200); }));
        std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
        wire_pack_reply(reply.data(), WIRE_STATUS_BUSY);
        ::send(connection.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    });
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_GT(mark(), 0U);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
}

TEST_F(SilentDaemon, IsAskedAgainAfterASecond) {
    waits();
    mark(now() - second);
    EXPECT_GT(waits(), moment);
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t set = now();
        mark(set);
        const bool waited_a_moment = waits() <= moment;
        return waited_a_moment && mark() == set;  // who waits a moment only does not make the second longer
    }));
}

TEST_F(SilentDaemon, AMarkOfTheFutureIsNone) {
    waits();
    for (const std::uint64_t wrong : {now() + 3'600 * second, ~std::uint64_t{0}, std::uint64_t{0}}) {
        mark(wrong);
        EXPECT_GT(waits(), moment) << wrong;
    }
}

TEST_F(SilentDaemon, WhoeverPutsSomethingElseInThePlaceOfTheMarkKeepsNobodyFromSpooling) {
    const auto file = spool_ / WIRE_SPOOL_SIZE_FILE;
    waits();
    std::filesystem::resize_file(file, 3);
    EXPECT_GT(waits(), moment);
    std::filesystem::remove(file);
    ::mkfifo(file.c_str(), 0666);
    EXPECT_GT(waits(), moment);
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    EXPECT_GT(waits(), moment);
    std::filesystem::remove(file);
    write_file(dir_ / "other", "untouched");
    std::filesystem::create_symlink(dir_ / "other", file);
    EXPECT_GT(waits(), moment);
    EXPECT_EQ(read_file(dir_ / "other"), "untouched");
    EXPECT_EQ(count_files(spool_ / "new"), 5U);
}

TEST_F(SilentDaemon, WithoutASpoolItsAlertIsRefusedAndNothingHangs) {
    write_file(spool_, "a file where the spool should be");
    const Run out = run({dir_ / "a"});
    EXPECT_EQ(out.exit_code, 1);
    EXPECT_NE(out.output.find("cannot be spooled: Not a directory"), std::string::npos) << out.output;
}

TEST_F(SilentDaemon, NoPlaceInItsQueueIsTheSame) {
    ASSERT_EQ(::listen(silent_.get(), 0), 0);
    const Fd other(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0));
    const sockaddr_un address = address_of(socket_);
    ASSERT_EQ(::connect(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
    EXPECT_GT(mark(), 0U);
    EXPECT_EQ(count_files(spool_ / "new"), 1U);
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t set = now();
        mark(set);
        EXPECT_EQ(run({dir_ / "a"}).exit_code, 0);
        return mark() == set;  // it did not wait for long
    }));
}

}  // namespace
}  // namespace enrichd::test::silent_daemon_test
