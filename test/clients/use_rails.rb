# Active Record: named prepared statements; with tags, comments as marginalia's.

require 'active_record'
require 'json'
require 'pg'

TAGS = !ENV['CLIENT_TAGS'].to_s.empty?

ActiveRecord::Base.establish_connection(
  adapter: 'postgresql', host: ENV['PGHOST'], port: ENV['PGPORT'], username: ENV['PGUSER'],
  database: ENV['PGDATABASE'], prepared_statements: !TAGS
)

class Author < ActiveRecord::Base
  self.table_name = 'author'
  has_many :books
end

class Publisher < ActiveRecord::Base
  self.table_name = 'publisher'
end

class Review < ActiveRecord::Base
  self.table_name = 'review'
end

class Book < ActiveRecord::Base
  self.table_name = 'book'
  belongs_to :author
  belongs_to :publisher
  has_many :reviews
end

class Entry < ActiveRecord::Base
  self.table_name = 'entry'
end

# What marginalia puts behind each statement.
module Comments
  attr_accessor :controller

  %i[execute exec_query exec_delete].each do |name|
    define_method(name) do |sql, *rest, **options|
      sql += "/*application:Shop,controller:#{controller},action:index*/" if TAGS
      super(sql, *rest, **options)
    end
  end
end

ActiveRecord::ConnectionAdapters::PostgreSQLAdapter.prepend(Comments)

module Scenarios
  module_function

  def lazy_author(count)
    Book.order(:id).limit(count).each { |book| book.author.name }
  end

  def lazy_author_fixed(count)
    Book.includes(:author).order(:id).limit(count).each { |book| book.author.name }
  end

  def lazy_books(count)
    Author.order(:id).limit(count).each { |author| author.books.to_a }
  end

  def lazy_books_fixed(count)
    Author.includes(:books).order(:id).limit(count).each { |author| author.books.to_a }
  end

  def three_children(count)
    Book.order(:id).limit(count).each do |book|
      book.author.name
      book.publisher.name
      book.reviews.to_a if book.id.odd?
    end
  end

  def three_children_fixed(count)
    books = Book.includes(:author, :publisher, :reviews).order(:id).limit(count)
    books.each { |book| book.reviews.to_a }
  end

  def count_books(count)
    Author.order(:id).limit(count).each { |author| author.books.count }
  end

  def count_books_fixed(count)
    ids = Author.order(:id).limit(count).map(&:id)
    Book.where(author_id: ids).group(:author_id).count
  end

  def find_each(count)
    Book.where('id <= ?', 20 * count).find_each(batch_size: 20, &:title)
  end

  def create(count)
    (1..count).each { |i| Entry.create!(id: i, book_id: i, note: 'new') }
  end

  def insert_all(count)
    Entry.insert_all!((1..count).map { |i| { id: i, book_id: i, note: 'new' } })
  end
end

def timed(scenario, count)
  ActiveRecord::Base.connection.controller = scenario
  begun = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
  Scenarios.send(scenario, count)
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond) - begun
end

# Columns are looked up now: scenarios are what their first request is not.
[Author, Publisher, Review, Book, Entry].each(&:columns)
ActiveRecord::Base.connection.disconnect!

# Answer the judge: a line of JSON per request, each with a connection of its own.
$stdout.sync = true
puts Scenarios.singleton_methods.to_json
$stdin.each_line do |line|
  request = JSON.parse(line)
  scenario = request['scenario']
  begin
    ActiveRecord::Base.connection.reconnect!
    # a new connection's first steps are in neither
    timed("#{scenario}_fixed", request['n']) if request['repeat'].positive?
    times = Array.new([request['repeat'], 1].max) do
      turn = [timed(scenario, request['n'])]
      turn << timed("#{scenario}_fixed", request['n']) if request['repeat'].positive?
      turn
    end
    ActiveRecord::Base.connection.disconnect!
    puts({ times: times }.to_json)
  rescue StandardError => e
    puts({ error: e.full_message(highlight: false) }.to_json)
  end
end
