// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/log_stream.hpp"

#include <condition_variable>

namespace redoubt::gui {
namespace {

constexpr std::size_t k_most_waiting = 5000; ///< lines that nobody has shown yet

/// Between the thread that reads and the one that shows; shared by both.
class LineQueue {
  public:
    /// Waits for room. True when somebody has to be told that there are lines.
    bool push(LogLine line, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, stop, [this] { return lines_.size() < k_most_waiting; });
        lines_.push_back(std::move(line));
        return lines_.size() == 1;
    }
    std::vector<LogLine> take() {
        const std::scoped_lock lock(mutex_);
        room_.notify_all();
        return std::exchange(lines_, {});
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any room_;
    std::vector<LogLine> lines_;
};

} // namespace

LogStream::LogStream(NodeConnection& connection, const std::string& container, const LogOptions& options,
                     QObject* parent)
    : QObject(parent), inbox_(this) {
    const auto queue = std::make_shared<LineQueue>();
    connection.ask(
        inbox_.share(),
        [this, queue, container, options, stop = stop_.get_token(),
         inbox = inbox_.share()](NodeClient& client) {
            return client.logs(container, options, stop, [&](LogLine line) {
                if (queue->push(std::move(line), stop))
                    inbox->post([this, queue] { Q_EMIT lines_read(queue->take()); });
                return !stop.stop_requested();
            });
        },
        [this](const Status& result) {
            Q_EMIT ended(result ? QString() : QString::fromStdString(result.error().message));
        });
}

LogStream::~LogStream() {
    stop_.request_stop();
}

} // namespace redoubt::gui
