import Smalti
