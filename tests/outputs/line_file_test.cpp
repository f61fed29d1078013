#include "outputs/line_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

#include "support/temp_dir.hpp"

namespace enrichd::test::line_file_test {
namespace {

/// While it lives no file of this process may grow beyond a size: as on a full disk, a write is cut there.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &old_);
        const rlimit now{bytes, old_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &old_);
        std::signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit old_{};
    void (*old_handler_)(int);
};

std::string read_some(int fd) {
    std::array<char, 65'536> block{};
    const ssize_t size = ::read(fd, block.data(), block.size());
    return {block.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

TEST(LineFile, ALineThatDoesNotFitLeavesNothingBehindAndIsWrittenWholeLater) {
    const TempDir dir;
    LineFile file(dir / "lines", 0640);
    EXPECT_TRUE(file.append("first\n"));
    {
        const FileSizeLimit limit(10);
        EXPECT_EQ(file.append("second\n").error(), errc::output_failed);
        EXPECT_EQ(read_file(dir / "lines"), "first\n");
        EXPECT_TRUE(file.append("x\n")) << "a shorter one fits";
    }
    EXPECT_TRUE(file.append("second\n"));
    EXPECT_EQ(read_file(dir / "lines"), "first\nx\nsecond\n");
}

TEST(LineFile, ARotationWhileTheDiskIsFullLosesNothing) {
    const TempDir dir;
    LineFile file(dir / "lines", 0640);
    EXPECT_TRUE(file.append("first\n"));
    {
        const FileSizeLimit limit(10);
        EXPECT_FALSE(file.append("second\n"));
    }
    std::filesystem::rename(dir / "lines", dir / "lines.1");
    EXPECT_TRUE(file.append("second\n"));
    EXPECT_EQ(read_file(dir / "lines.1"), "first\n");
    EXPECT_EQ(read_file(dir / "lines"), "second\n");
}

TEST(LineFile, ALineThatAKilledWriterLeftIsEndedBeforeTheNext) {
    const TempDir dir;
    write_file(dir / "lines", "whole\nha");
    LineFile file(dir / "lines", 0640);
    EXPECT_TRUE(file.append("next\n"));
    EXPECT_TRUE(file.append("one more\n"));
    EXPECT_EQ(read_file(dir / "lines"), "whole\nha\nnext\none more\n");
}

TEST(LineFile, AProbeFindsOutWithoutALine) {
    const TempDir dir;
    LineFile file(dir / "missing/lines", 0640);
    EXPECT_EQ(file.probe().error(), errc::output_failed);
    std::filesystem::create_directory(dir / "missing");
    EXPECT_TRUE(file.probe());
    EXPECT_TRUE(file.append("12345\n"));
    const FileSizeLimit limit(6);
    EXPECT_EQ(file.probe().error(), errc::output_failed);
}

TEST(LineFile, ASymbolicLinkIsRefused) {
    const TempDir dir;
    write_file(dir / "precious", "");
    std::filesystem::create_symlink(dir / "precious", dir / "lines");
    LineFile file(dir / "lines", 0640);
    EXPECT_EQ(file.append("x\n").error(), errc::output_failed);
    EXPECT_EQ(read_file(dir / "precious"), "");
    std::filesystem::remove(dir / "lines");
    EXPECT_TRUE(file.append("x\n"));
    std::filesystem::rename(dir / "lines", dir / "moved");
    std::filesystem::create_symlink(dir / "moved", dir / "lines");
    EXPECT_FALSE(file.append("y\n")) << "also one that leads to the file that is open";
}

TEST(LineFile, IsMadeWithItsModeWhateverTheUmaskIs) {
    const TempDir dir;
    const mode_t before = ::umask(0077);
    LineFile file(dir / "lines", 0660);
    EXPECT_TRUE(file.append("x\n"));
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat((dir / "lines").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660U);
}

/// A pipe by its name, and a reader that may pause.
class LineFileIntoAPipe : public testing::Test {
  protected:
    LineFileIntoAPipe() {
        std::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
        reader_ = Fd(::open((dir_ / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        EXPECT_EQ(::fcntl(reader_.get(), F_SETPIPE_SZ, 8192), 8192);
    }
    std::string all() {
        std::string out;
        for (std::string some = read_some(reader_.get()); !some.empty(); some = read_some(reader_.get()))
            out += some;
        return out;
    }

    TempDir dir_;
    Fd reader_;
    LineFile file_{dir_ / "pipe", 0600};
};

TEST_F(LineFileIntoAPipe, AReaderThatPausesIsNotWaitedForAndGetsEachLineOnce) {
    const std::string line = std::string(6'000, 'x') + "\n";
    EXPECT_TRUE(file_.append(line));
    EXPECT_EQ(file_.append(line).error(), errc::output_full) << "a part of it may be in the pipe";
    EXPECT_EQ(file_.append(line).error(), errc::output_full);
    EXPECT_EQ(file_.probe().error(), errc::output_full);
    std::string got = all();
    EXPECT_TRUE(file_.append(line));
    got += all();
    EXPECT_TRUE(got == line + line) << got.size();
}

TEST_F(LineFileIntoAPipe, ALineThatWasBegunIsFinishedBeforeAnotherAndComesOnce) {
    const std::string torn = std::string(6'000, 'y') + "\n";
    EXPECT_TRUE(file_.append("x\n"));
    EXPECT_EQ(file_.append(torn).error(), errc::output_full) << "one page of it fits";
    std::string got = all();
    EXPECT_TRUE(file_.append("z\n")) << "another one comes first";
    EXPECT_TRUE(file_.append(torn)) << "its turn again";
    got += all();
    EXPECT_TRUE(got == "x\n" + torn + "z\n") << got.size();
}

TEST_F(LineFileIntoAPipe, AReaderThatLeavesIsToldAndTheNextOneGetsWholeLines) {
    const std::string line = std::string(6'000, 'x') + "\n";
    EXPECT_TRUE(file_.append(line));
    EXPECT_FALSE(file_.append(line));
    reader_.reset();
    EXPECT_EQ(file_.append(line).error(), errc::output_absent);
    reader_ = Fd(::open((dir_ / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(file_.append(line));
    EXPECT_TRUE(all() == line);
}

}  // namespace
}  // namespace enrichd::test::line_file_test
